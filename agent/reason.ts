// Why something failed, in words for the log and the status; the one place that reads what was thrown.
export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
