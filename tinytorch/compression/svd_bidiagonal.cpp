// The first step of Eigen's divide and conquer (svd.cpp), compiled beside it.
#include <Eigen/SVD>

using Doubles = Eigen::MatrixXd;
template Eigen::internal::UpperBidiagonalization<Doubles>&
Eigen::internal::UpperBidiagonalization<Doubles>::compute(const Doubles&);
