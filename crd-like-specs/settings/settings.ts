// The table's flat paths as the object that programs read: "rollout/max-unavailable" is `rollout.maxUnavailable`. The type
// follows from the table, so that a setting is stated once.
import { FIELDS, SPEC_PATHS, type SpecPath, type ValueAt } from "./table.ts";

/** "max-unavailable" → "maxUnavailable". */
type CamelCase<Name extends string> = Name extends `${infer Word}-${infer Rest}`
  ? `${Word}${Capitalize<CamelCase<Rest>>}`
  : Name;

type FolderOf<Path> = Path extends `${infer Folder}/${string}` ? Folder : never;

/** `in` goes through the paths, `as` names the property of each; a path named `never` is left out. */
type InFolder<Folder extends string> = {
  readonly [Path in SpecPath as Path extends `${Folder}/${infer Name}` ? CamelCase<Name> : never]: ValueAt<Path>;
};
type OnTop = {
  readonly [Path in SpecPath as Path extends `${string}/${string}` ? never : Path]: ValueAt<Path>;
};

/** The value of every path that exists once. */
export type Settings = OnTop & { readonly [Folder in FolderOf<SpecPath>]: InFolder<Folder> };

/** The values as `Settings`; a path without one is at its default. */
export function settingsOf(values: ReadonlyMap<SpecPath, ValueAt<SpecPath>>): Settings {
  const top: Record<string, unknown> = {};
  const folders: Record<string, Record<string, unknown>> = {};
  for (const path of SPEC_PATHS) {
    const value = values.get(path) ?? FIELDS[path].default;
    const [folder = "", name] = path.split("/");
    if (name === undefined) top[path] = value;
    else folders[folder] = { ...folders[folder], [camelCase(name)]: value };
  }
  // The compiler cannot follow names that are made at run time; settings.test.ts does, for every path.
  return { ...top, ...folders } as Settings;
}

const camelCase = (name: string): string => name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
