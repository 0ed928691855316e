// The words that docs/glossary.md retires, as far as a regular expression finds them without false alarms, and the search
// for them. Words with a second, legitimate use (such as turn, place, rest or good) are left to the reviewer.

/** Words that may occur neither in prose nor as a part of an identifier, and what to use instead. Compared in lower case. */
export const WORDS: Readonly<Record<string, string>> = {
  ...all("news", "event, NewEvent, or wakeup"),
  ...all("tell tells told telling say says said saying", "record, notify, log or report"),
  ...all("speak speaks spoke spoken speaker speakers spokesman voice voices aloud", "notifier, send, component"),
  ...all("story stories chapter chapters", "event log, timeline, scenario"),
  ...all("look looks looked looking", "observe, read, probe"),
  ...all("seat seats", "machine, MachineRef"),
  ...all("missed", "unreachable"),
  ...all("refusal refusals", "rejection"),
  ...all("obstacle obstacles doubt doubts", "reason"),
  ...all("shun shuns shunned shunning", "block, blocked managers"),
  ...all("bell bells ring rings rung stir stirs stirred", "wakeup, wake(), woken()"),
  ...all("remark remarks", "status message, StatusMessage"),
  ...all("pen", "fencedWrite"),
  ...all("picture pictures", "snapshot, readOwnWrites"),
  ...all("unwell wellness ailment ailments ailing sick", "unhealthy, healthy"),
  ...all("proven unproven", "updated; healthy for min-healthy-seconds"),
  ...all("calm", "fallbackRevision"),
  ...all("aim aims", "target"),
  ...all("pace paces", "pollInterval, restartBackoff"),
  ...all("census", "countsByRole"),
  ...all("heir heirs", "transferee, successor"),
  ...all("stranger strangers strange foreign", "unmanaged; invalid key"),
  ...all("gist", "dedupeKey"),
  ...all("toggle toggles", "boolean"),
  ...all("complain complains insist insists", "logRoundFailure, retryForever"),
  ...all("obey obeys obeyed", "applyAssignment, apply"),
  ...all("sparing", "demotionRank"),
  ...all("twin twins", "fake"),
  ...all("person persons people peoples somebody nobody anybody someone", "operator; human-readable; no node"),
  ...all("boxes box", "nodes"),
  ...all("mend mends mended mending", "fix, heal"),
  ...all("goodbye goodbyes", "deregistration, shutdown"),
  ...all("anew", "again"),
  ...all("beside besides", "next to, in addition to, in the background"),
  ...all("whoever whomever whatever whichever", "the node that, any"),
  ...all("shall befall befalls befell befallen", "must, happen to"),
};

/** Phrases and identifiers that no single word gives away. */
export const PHRASES: readonly { readonly pattern: RegExp; readonly instead: string }[] = [
  { pattern: /\bin\s?force\b/i, instead: "effective, in effect" },
  { pattern: /\bby hand\b|\bour hand\b/i, instead: "manually; made unavailable by the rollout" },
  { pattern: /\bgiven back\b|\bgives? back\b/i, instead: "rolled back" },
  { pattern: /\bcall(ed|s)? off\b/i, instead: "cancelled" },
  { pattern: /\btak(en|es|ing) back\b/i, instead: "rolled back, reverted" },
  { pattern: /\bon (our|its|the rollout's) account\b/i, instead: "disruption budget" },
  { pattern: /\b(is|are|was|were|be|been|stays?|not|all) well\b|\bwellSince\b/i, instead: "healthy, healthySince" },
  { pattern: /(?<!circuit[ -]?)breaker/i, instead: "circuit breaker" },
  { pattern: /\bfor (it|they|there|nobody|he) (is|are|was|were|has|have|would|could|may)\b/i, instead: "because" },
  { pattern: /\bno matter of\b|\ball the same\b/i, instead: "plain words" },
  {
    pattern: /(?<![\w./])promises\b(?!["'`/]|\s*[=:.;),]| as )|(?<!new |shared |a |that )\bpromised\b/,
    instead: "invariant, guarantee",
  },
  // Docker's own text has "trouble connecting".
  { pattern: /\btroubled?\b(?! connecting)/i, instead: "reason" },
  // A connection is still refused, as in TCP.
  { pattern: /(?<=^(?!.*(?:connect|TCP|ECONN|dial|refuse\(|"refuse")).*)\brefus(e|es|ed|ing)\b/i, instead: "rejected" },
  {
    pattern: /\b(lookAgainMs|againMs|openBreaker|toldUpTo|newOrders|sweepLeft|handOver|placeOf|SeatId)\b/,
    instead: "see docs/glossary.md",
  },
  { pattern: /\bkeep(?!Alive|LeaseAlive|Case\b|For\b|Renewing)[A-Z]\w*/, instead: "ensureX, saveX or cacheX" },
];

export interface Hit {
  readonly line: number;
  readonly found: string;
  readonly instead: string;
}

/** Every retired word in a text, in order. Lines with a long run of base64 are skipped. */
export function retiredWords(text: string): Hit[] {
  return text.split("\n").flatMap((content, index) => {
    if (/[A-Za-z0-9+/=]{60}/.test(content)) return [];
    const line = index + 1;
    const words = content.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+/g) ?? [];
    return [
      ...words.flatMap(word => {
        const instead = Object.hasOwn(WORDS, word.toLowerCase()) ? WORDS[word.toLowerCase()] : undefined;
        return instead === undefined ? [] : [{ line, found: word, instead }];
      }),
      ...PHRASES.flatMap(({ pattern, instead }) => {
        const found = pattern.exec(content)?.[0].trim();
        return found === undefined ? [] : [{ line, found: found.slice(-60), instead }];
      }),
    ];
  });
}

function all(words: string, instead: string): Record<string, string> {
  return Object.fromEntries(words.split(" ").map(word => [word, instead]));
}
