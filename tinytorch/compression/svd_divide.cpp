// The recursion of Eigen's divide and conquer (svd.cpp), compiled beside it.
#include <Eigen/SVD>

using Doubles = Eigen::MatrixXd;
extern template Eigen::JacobiSVD<Doubles>& Eigen::JacobiSVD<Doubles>::compute(const Doubles&,
                                                                              unsigned int);
template void Eigen::BDCSVD<Doubles>::divide(Eigen::Index, Eigen::Index, Eigen::Index, Eigen::Index,
                                             Eigen::Index);
