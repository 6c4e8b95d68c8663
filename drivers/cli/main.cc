#include "drivers/cli/command.h"

int main(int argument_count, char** arguments) {
  holdfast::drivers::Program program;
  holdfast::drivers::add_sim(program);
  holdfast::drivers::add_fuzz(program);
  holdfast::drivers::add_explore(program);
  holdfast::drivers::add_mutants(program);
  holdfast::drivers::add_report(program);
  holdfast::drivers::add_merge(program);
  holdfast::drivers::add_replay(program);
  holdfast::drivers::add_shrink(program);
  holdfast::drivers::add_create(program);
  holdfast::drivers::add_examine(program);
  holdfast::drivers::add_recover(program);
  holdfast::drivers::add_exercise(program);
  holdfast::drivers::add_check_file(program);
  holdfast::drivers::add_schema(program);
  return program.run(argument_count, arguments);
}
