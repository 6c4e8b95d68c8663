// as core/raid/stripe.cc
// breaks type

namespace holdfast {
namespace {
struct Neighbour {
  char hidden;
};
}  // namespace
namespace other {
class Neighbour final {};
}  // namespace other
void work() {
  struct Neighbour {
    long local;
  };
}
class Neighbour : public Base {  // BAD
  char another;
};
struct Neighbour;
}  // namespace holdfast
