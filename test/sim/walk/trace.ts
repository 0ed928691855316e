// A line of a walk's log for people: virtual time, host, who speaks, and the words.

export function traceLine(line: string): string {
  if (!line.startsWith("{")) return line;
  const { at, level, host, who, parts, msg, reason, err, ...rest } = JSON.parse(line) as Record<string, unknown>;
  const time = (Number(at) / 1000).toFixed(3).padStart(9);
  const component = `${host === "--" ? "**" : host} ${who ?? ""}`.trimEnd().padEnd(13);
  const mark = Number(level) >= 50 ? "ERROR " : level === 40 ? "warn " : "";
  const error = err === undefined ? "" : ` ${JSON.stringify(err).slice(0, 400)}`;
  const topic = parts === undefined ? "" : `${parts}: `;
  const cause = reason === undefined ? "" : ` (${reason})`;
  const order = "generation" in rest ? ` ${rest.generation}: ${rest.role}, etcd ${rest.etcd}` : "";
  return `${time} ${component} ${mark}${topic}${msg}${order}${cause}${error}`;
}
