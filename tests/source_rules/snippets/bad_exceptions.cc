// as core/volume/open.cc
// breaks exception

void f() {
  try {  // BAD
    throw 1;  // BAD
  } catch (...) {  // BAD
  }
}
// try this
void try_lock();
