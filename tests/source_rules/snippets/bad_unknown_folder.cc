// as core/extras/thing.cc
// breaks include

int x;
