// One call to the kernel as a value: what a device asks for. Who carries it out gives the kernel's answer beside it.
//
//   operation    on                                     answer
//   read         memory, from `offset` of the file      bytes read: fewer than asked for at the end of the file, or anywhere
//   write        memory, to `offset`                    bytes written, maybe fewer; with is_durable they are on the medium
//   sync         everything written to the file         0
//   zero_range   [offset, offset + bytes)               0; the file keeps its size
//   punch_hole   [offset, offset + bytes) of a file     0; the file keeps its size
//   discard      [offset, offset + bytes) of a device   0
//
//   In place of each: an errno, negated.
#pragma once

#include <sys/uio.h>

#include <cstdint>
#include <span>

namespace holdfast::drivers {

class SystemCall {
 public:
  enum class Operation : std::uint8_t { read, write, sync, zero_range, punch_hole, discard };
  using Memory = std::span<const iovec>;

  static SystemCall read(int file, Memory into, std::uint64_t offset) {
    return {Operation::read, file, into, offset, 0, false};
  }
  static SystemCall write(int file, Memory from, std::uint64_t offset, bool is_durable) {
    return {Operation::write, file, from, offset, 0, is_durable};
  }
  static SystemCall sync(int file) { return {Operation::sync, file, {}, 0, 0, true}; }
  static SystemCall on_range(Operation operation, int file, std::uint64_t offset,
                             std::uint64_t bytes) {
    return {operation, file, {}, offset, bytes, false};
  }

  Operation operation() const { return operation_; }
  int file() const { return file_; }
  Memory memory() const { return memory_; }
  std::uint64_t offset() const { return offset_; }
  std::uint64_t bytes() const { return bytes_; }
  bool is_durable() const { return is_durable_; }
  bool moves_data() const { return !memory_.empty(); }

  // On the calling thread, which waits for it.
  std::int64_t carry_out() const;

 private:
  SystemCall(Operation operation, int file, Memory memory, std::uint64_t offset,
             std::uint64_t bytes, bool is_durable)
      : operation_(operation),
        is_durable_(is_durable),
        file_(file),
        memory_(memory),
        offset_(offset),
        bytes_(bytes) {}

  Operation operation_;
  bool is_durable_;
  int file_;
  Memory memory_;
  std::uint64_t offset_;
  std::uint64_t bytes_;
};

// Modes of fallocate(2).
int mode_of(SystemCall::Operation operation);

}  // namespace holdfast::drivers
