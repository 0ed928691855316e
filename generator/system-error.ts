// Errors of the file system in an operator's words.
import { reasonOf } from "../crd-like-specs/reason.ts";

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "no such file or folder",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  ENOSPC: "no space left",
  ENOTDIR: "a file is in the way of a folder",
  EEXIST: "a file is in the way of a folder",
  EISDIR: "a folder is in the way of a file",
};

/** Why a file could not be read or written; the system's own message where no word of ours fits. */
export const fileErrorReason = (error: unknown): string => reasonOf(error, REASONS);
