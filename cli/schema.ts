// `swarmkeeper schema [KIND]`: the JSON Schema of what people and programs write and of what `-o json` prints.
import { z } from "zod";
import { SCHEMAS } from "../crd-like-specs/schema.ts";
import { nearest } from "../crd-like-specs/spec/suggest.ts";
import { CliError } from "./cli-error.ts";
import { printDocument, printLines } from "./print.ts";
import { HistoryView } from "./view/history.ts";
import { PlanView } from "./view/plan.ts";
import { RolloutView } from "./view/rollout-view.ts";
import { StatusView } from "./view/status-view.ts";
import { UnitsView } from "./view/units-view.ts";

const ALL: Readonly<Record<string, () => unknown>> = {
  ...SCHEMAS,
  StatusView: () => ({ title: "StatusView", ...z.toJSONSchema(StatusView) }),
  PlanView: () => ({ title: "PlanView", ...z.toJSONSchema(PlanView) }),
  RolloutView: () => ({ title: "RolloutView", ...z.toJSONSchema(RolloutView) }),
  HistoryView: () => ({ title: "HistoryView", ...z.toJSONSchema(HistoryView) }),
  UnitsView: () => ({ title: "UnitsView", ...z.toJSONSchema(UnitsView) }),
};

export async function schema(kind: string | undefined): Promise<number> {
  const kinds = Object.keys(ALL);
  if (kind === undefined) {
    printLines(kinds);
    return 0;
  }
  const name = kinds.find(known => known.toLowerCase() === kind.toLowerCase());
  const make = name === undefined ? undefined : ALL[name];
  if (make === undefined) {
    const meant = nearest(kind, kinds);
    const hint = meant === undefined ? `use one of ${kinds.join(", ")}` : `did you mean ${meant}?`;
    throw new CliError(`no kind is called ${JSON.stringify(kind)}; ${hint}`, 2);
  }
  printDocument(make(), "json");
  return 0;
}
