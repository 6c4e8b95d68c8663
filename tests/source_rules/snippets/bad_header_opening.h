// as core/raid/scrub.h
// breaks opening

#pragma once
int x;
