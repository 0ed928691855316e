// Colour on a terminal, plain text everywhere else; and tables whose columns stay aligned under colour.
import { styleText } from "node:util";

export type Tone = "good" | "bad" | "busy" | "faint" | "strong";

/** Applies a tone to a text. */
export type Paint = (tone: Tone, text: string) => string;

const FORMAT = { good: "green", bad: "red", busy: "yellow", faint: "dim", strong: "bold" } as const;

export const plain: Paint = (_tone, text) => text;

export const coloured: Paint = (tone, text) => styleText(FORMAT[tone], text, { validateStream: false });

/** https://no-color.org: any value but the empty one turns colour off. */
export function paintFor(stream: { isTTY?: boolean }, env: { NO_COLOR?: string | undefined }): Paint {
  return stream.isTTY === true && (env.NO_COLOR ?? "") === "" ? coloured : plain;
}

export interface Cell {
  readonly text: string;
  readonly tone?: Tone;
}

/** Aligns the columns of rows: two spaces between columns, no space after the last non-empty cell. */
export function table(rows: readonly (readonly Cell[])[], paint: Paint): string[] {
  const columns = Math.max(0, ...rows.map(row => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map(row => row[column]?.text.length ?? 0)),
  );
  return rows.map(row => {
    const last = row.findLastIndex(cell => cell.text !== "");
    return row
      .slice(0, last + 1)
      .map(({ text, tone }, column) => {
        const gap = column === last ? "" : " ".repeat((widths[column] ?? 0) - text.length);
        return (tone === undefined ? text : paint(tone, text)) + gap;
      })
      .join("  ");
  });
}
