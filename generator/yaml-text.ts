// Writes YAML that every parser on a node reads alike. Parsers in Go and Python use YAML 1.1, where `off` is false and
// 0644 is octal, so ambiguous texts are quoted.
import { Document } from "yaml";

export function yamlText(value: unknown): string {
  const doc = new Document(value, { version: "1.1" });
  // No line is folded, so that scripts stay readable.
  return doc.toString({ lineWidth: 0, indentSeq: false, blockQuote: "literal", directives: false });
}
