// The hash of a text. etcd and the nodes store the text of a unit file under its hash.
import { createHash } from "node:crypto";

/** SHA-256 of the UTF-8 text, in lower-case hex. */
export const hashOf = (text: string): string => createHash("sha256").update(text).digest("hex");
