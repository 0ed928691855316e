// The settings of the table as an object: "rollout/max-unavailable" is `rollout.maxUnavailable`. The type is derived
// from the table, so each setting is defined once.
import { FIELDS, SPEC_PATHS, type SpecPath, type ValueAt } from "./table.ts";

/** "max-unavailable" → "maxUnavailable". */
type CamelCase<Name extends string> = Name extends `${infer Word}-${infer Rest}`
  ? `${Word}${Capitalize<CamelCase<Rest>>}`
  : Name;

type FolderOf<Path> = Path extends `${infer Folder}/${string}` ? Folder : never;

/** `in` iterates over the paths; `as` names the property of each. A path with the name `never` is omitted. */
type InFolder<Folder extends string> = {
  readonly [Path in SpecPath as Path extends `${Folder}/${infer Name}` ? CamelCase<Name> : never]: ValueAt<Path>;
};
type OnTop = {
  readonly [Path in SpecPath as Path extends `${string}/${string}` ? never : Path]: ValueAt<Path>;
};

/** The value of every path in the table. */
export type Settings = OnTop & { readonly [Folder in FolderOf<SpecPath>]: InFolder<Folder> };

/** The values as `Settings`. A path without a value has its default. */
export function settingsOf(values: ReadonlyMap<SpecPath, ValueAt<SpecPath>>): Settings {
  const top: Record<string, unknown> = {};
  const folders: Record<string, Record<string, unknown>> = {};
  for (const path of SPEC_PATHS) {
    const value = values.get(path) ?? FIELDS[path].default;
    const [folder = "", name] = path.split("/");
    if (name === undefined) top[path] = value;
    else folders[folder] = { ...folders[folder], [camelCase(name)]: value };
  }
  // The compiler cannot check names that are made at run time. settings.test.ts checks every path.
  return { ...top, ...folders } as Settings;
}

const camelCase = (name: string): string => name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
