/** The system calls of WASI preview 1 that the command needs; the file's name is the import's module name. */
export declare function args_sizes_get(count: usize, bytes: usize): i32;
export declare function args_get(pointers: usize, buffer: usize): i32;
export declare function fd_prestat_get(fd: i32, prestat: usize): i32;
export declare function fd_prestat_dir_name(fd: i32, path: usize, length: usize): i32;
export declare function path_open(
  fd: i32,
  lookup: i32,
  path: usize,
  length: usize,
  flags: i32,
  rights: i64,
  inheriting: i64,
  fdflags: i32,
  opened: usize,
): i32;
export declare function fd_read(fd: i32, vectors: usize, count: usize, read: usize): i32;
export declare function fd_write(fd: i32, vectors: usize, count: usize, written: usize): i32;
export declare function fd_close(fd: i32): i32;
export declare function proc_exit(code: i32): void;
