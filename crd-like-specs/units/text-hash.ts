// The hash that tells two texts apart, and under which etcd and hosts keep the text of a unit file.
import { createHash } from "node:crypto";

/** SHA-256 of the UTF-8 text, in lower-case hex. */
export const hashOf = (text: string): string => createHash("sha256").update(text).digest("hex");
