// The lines of a systemd unit file by systemd.syntax(7): without `#` and `;` comments, with continued lines joined.

export interface UnitLine {
  /** Where the line begins, counted from 1. */
  readonly at: { readonly line: number; readonly column: number };
  /** Without blanks around it. Continuation lines follow after a blank. */
  readonly text: string;
  /** Whether it continues on the next line. */
  readonly continues: boolean;
  /** The section that contains the line or that begins with it; undefined before the first section. */
  readonly section: string | undefined;
  readonly beginsSection: boolean;
}

/** All lines except comments and empty ones, including lines with invalid syntax. */
export function unitLines(text: string): UnitLine[] {
  const lines: UnitLine[] = [];
  let section: string | undefined;
  let open: UnitLine | undefined;
  for (const [index, raw] of text.split("\n").entries()) {
    const line = raw.trim();
    if (/^[#;]/.test(line)) continue;
    const continues = line !== "" && raw.endsWith("\\");
    const content = continues ? line.slice(0, -1).trimEnd() : line;
    if (open !== undefined) {
      if (line !== "") lines.splice(-1, 1, { ...open, text: `${open.text} ${content}` });
    } else if (line !== "") {
      const heading = /^\[([^[\]]+)\]$/.exec(line);
      if (heading) section = heading[1];
      const at = { line: index + 1, column: raw.search(/\S/) + 1 };
      lines.push({ at, text: content, continues, section, beginsSection: heading !== null });
    }
    open = continues ? lines.at(-1) : undefined;
  }
  return lines;
}

/** The two sides of `Key=Value`, without blanks. Without `=` the whole line is the key. */
export function keyAndValue({ text }: Pick<UnitLine, "text">): { readonly key: string; readonly value: string } {
  const equals = text.indexOf("=");
  if (equals < 0) return { key: text, value: "" };
  return { key: text.slice(0, equals).trimEnd(), value: text.slice(equals + 1).trimStart() };
}
