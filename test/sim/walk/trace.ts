// Formats a line of a walk's log for reading: virtual time, node, program and message.

export function traceLine(line: string): string {
  if (!line.startsWith("{")) return line;
  const { at, level, host, who, topic, msg, reason, err, ...rest } = JSON.parse(line) as Record<string, unknown>;
  const time = (Number(at) / 1000).toFixed(3).padStart(9);
  const component = `${host === "--" ? "**" : host} ${who ?? ""}`.trimEnd().padEnd(13);
  const mark = Number(level) >= 50 ? "ERROR " : level === 40 ? "warn " : "";
  const error = err === undefined ? "" : ` ${JSON.stringify(err).slice(0, 400)}`;
  const prefix = topic === undefined ? "" : `${topic}: `;
  const cause = reason === undefined ? "" : ` (${reason})`;
  const assignment = "generation" in rest ? ` ${rest.generation}: ${rest.role}, etcd ${rest.etcd}` : "";
  return `${time} ${component} ${mark}${prefix}${msg}${assignment}${cause}${error}`;
}
