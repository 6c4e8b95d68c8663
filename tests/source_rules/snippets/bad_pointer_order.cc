// as core/raid/array.cc
// breaks pointer_order

std::map<Member*, int> a;  // BAD
std::set<const BlockDevice*> b;  // BAD
std::less<Page*> c;  // BAD
boost::container::flat_set<Slice const*> d;  // BAD
std::map<int, Member*> e;
std::set<Lba> f;
