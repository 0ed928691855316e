// How the tests see `swarmkeeper status`: the lines as one text, of a view that keeps its promised shape.
import { buildStatus } from "./build.ts";
import { collected, type Keys, NOW } from "./cluster.fixture.ts";
import { type Paint, plain } from "./paint.ts";
import { statusText } from "./status-text.ts";
import { StatusView } from "./status-view.ts";

export function shown(all: Keys, { wide = false, paint = plain }: { wide?: boolean; paint?: Paint } = {}): string {
  const view = StatusView.strict().parse(buildStatus(collected(all)));
  return `\n${statusText(view, { now: NOW, paint, wide }).join("\n")}\n`;
}
