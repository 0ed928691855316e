// Whether two resources say the same: what decides that nothing needs to be written.

/** Structural equality of plain data, whatever the order of the keys; a key without a value is as good as none. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((each, at) => same(each, b[at]));
  if (!isRecord(a) || !isRecord(b)) return false;
  const missing = Object.keys(b).some(key => b[key] !== undefined && a[key] === undefined);
  return !missing && Object.keys(a).every(key => same(a[key], b[key]));
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
