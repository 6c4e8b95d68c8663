// as core/raid/stripe_manager.cc
// breaks name

int x;
