// The lines of a systemd unit file by systemd.syntax(7): comments by `#` or `;`, and lines continued by a backslash.

export interface UnitLine {
  /** Where it begins, counted from 1. */
  readonly at: { readonly line: number; readonly column: number };
  /** Without blanks around it; what it goes on with on further lines follows after a blank. */
  readonly text: string;
  /** It continues on the next line. */
  readonly goesOn: boolean;
  /** The section that it stands in or begins; undefined before the first. */
  readonly section: string | undefined;
  readonly beginsSection: boolean;
}

/** All but comments and empty lines; what is none of systemd's syntax is a line too. */
export function unitLines(text: string): UnitLine[] {
  const lines: UnitLine[] = [];
  let section: string | undefined;
  let open: UnitLine | undefined;
  for (const [index, raw] of text.split("\n").entries()) {
    const line = raw.trim();
    if (/^[#;]/.test(line)) continue;
    const goesOn = line !== "" && raw.endsWith("\\");
    const words = goesOn ? line.slice(0, -1).trimEnd() : line;
    if (open !== undefined) {
      if (line !== "") lines.splice(-1, 1, { ...open, text: `${open.text} ${words}` });
    } else if (line !== "") {
      const heading = /^\[([^[\]]+)\]$/.exec(line);
      if (heading) section = heading[1];
      const at = { line: index + 1, column: raw.search(/\S/) + 1 };
      lines.push({ at, text: words, goesOn, section, beginsSection: heading !== null });
    }
    open = goesOn ? lines.at(-1) : undefined;
  }
  return lines;
}

/** The two sides of `Key=Value`, without blanks; the key is the whole line where there is no `=`. */
export function keyAndValue({ text }: Pick<UnitLine, "text">): { readonly key: string; readonly value: string } {
  const equals = text.indexOf("=");
  if (equals < 0) return { key: text, value: "" };
  return { key: text.slice(0, equals).trimEnd(), value: text.slice(equals + 1).trimStart() };
}
