// The small problems of Eigen's divide and conquer (svd.cpp), compiled beside it.
#include <Eigen/SVD>

using Doubles = Eigen::MatrixXd;
template Eigen::JacobiSVD<Doubles>& Eigen::JacobiSVD<Doubles>::compute(const Doubles&,
                                                                       unsigned int);
