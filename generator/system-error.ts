// Readable reasons for errors of the file system.
import { reasonOf } from "../crd-like-specs/reason.ts";

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "no such file or folder",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  ENOSPC: "no space left",
  ENOTDIR: "expected a folder, found a file",
  EEXIST: "expected a folder, found a file",
  EISDIR: "expected a file, found a folder",
};

/** Why a file could not be read or written; for an unknown code the system's own message. */
export const fileErrorReason = (error: unknown): string => reasonOf(error, REASONS);
