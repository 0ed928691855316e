// YAML as every reader on a host understands it. Go's and Python's readers are of YAML 1.1, where `off` is false and
// 0644 is octal: what is ambiguous to any of them is quoted.
import { Document } from "yaml";

export function yamlText(value: unknown): string {
  const doc = new Document(value, { version: "1.1" });
  // No line is folded: a folded script would still be right, but nobody could read it.
  return doc.toString({ lineWidth: 0, indentSeq: false, blockQuote: "literal", directives: false });
}
