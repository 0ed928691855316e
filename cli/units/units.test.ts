// Reading folders of unit files, `units push` and `units diff`.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { textsOf } from "../../crd-like-specs/settings/setting.ts";
import { systemClock } from "../../drivers/clock/real.ts";
import type { Etcd } from "../../drivers/etcd/port.ts";
import { fakeEtcd } from "../../test/fakes/etcd/etcd.ts";
import { keys } from "../../test/fixtures/cli/cluster.ts";
import { plain } from "../terminal/paint.ts";
import { folderDiff } from "./diff.ts";
import { readUnitFolder } from "./folder.ts";
import { push } from "./push.ts";

const SERVICE = "[Service]\nExecStart=/bin/web\n";
const CONTROLLER = "swarmkeeper-controller.service";
let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "swarmkeeper-units-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (name: string, content: string | Uint8Array) => writeFileSync(join(folder, name), content);
const errors = () => readUnitFolder(folder).then(String, (error: Error) => error.message.replaceAll(folder, "DIR"));

describe("a folder of unit files", () => {
  it("is read as keys of the spec, without files whose name starts with a dot", async () => {
    write("web.service", SERVICE);
    write("worker.list", "# all of them\n- web.service\n");
    write(".gitignore", "*~\n");
    expect([...textsOf(await readUnitFolder(folder))]).toEqual([
      ["units/files/web.service", SERVICE],
      ["units/worker", "web.service"],
    ]);
  });

  it("is rejected with all its errors, each with its place", async () => {
    write("web.service", "[Service]\n ExecStart\n");
    write("clean.timer", SERVICE);
    write("latin.service", Buffer.from("[Service]\nDescription=caf\xe9\n", "latin1"));
    write("zero.service", "[Service]\nA=\0\n");
    write("README.md", "units\n");
    write("manager.list", "web.service\n");
    write("worker.list", Buffer.from("web.service # caf\xe9\n", "latin1"));
    write("workers.list", "web.service\n");
    write("docker.service", SERVICE);
    write("big.service", "x".repeat(300 * 1024));
    mkdirSync(join(folder, "web.service.d"));
    mkdirSync(join(folder, "dir.service"));
    expect(await errors()).toMatchInlineSnapshot(`
      "DIR/README.md  "README.md" is not a unit name
          use a name such as web.service (service, timer, socket, mount, path, target)
      DIR/big.service  300 KiB is too large
          use 256 KiB at most
      DIR/clean.timer  no [Timer] section, which a .timer needs
          add [Timer]
      DIR/dir.service  a folder
          keep unit files only; write the lines of a drop-in into the unit file itself
      DIR/docker.service  docker.service is not allowed in the spec: every node already runs Docker for the swarm
          leave it out
      DIR/latin.service:2:16  not UTF-8 text
        2 | Description=caf�
          |                ^  write the file as UTF-8 without zero bytes
      DIR/manager.list  swarmkeeper-controller.service is missing, so the cluster would have no leader
          add swarmkeeper-controller.service
      DIR/web.service:2:2  neither a section nor Key=Value
        2 |  ExecStart
          |  ^  use Key=Value, or start a comment with #
      DIR/web.service.d  a folder
          keep unit files only; write the lines of a drop-in into the unit file itself
      DIR/worker.list:1:18  not UTF-8 text
        1 | web.service # caf�
          |                  ^  write the file as UTF-8 without zero bytes
      DIR/workers.list  no role has this list
          did you mean worker.list?
      DIR/zero.service:2:3  not UTF-8 text
        2 | A=�
          |   ^  write the file as UTF-8 without zero bytes
      nothing was written"
    `);
  });

  it("is rejected if it does not exist, is a file, or is empty", async () => {
    expect(await errors()).toContain("DIR is empty; put unit files");
    write("web.service", SERVICE);
    await expect(readUnitFolder(join(folder, "nowhere"))).rejects.toThrow("nowhere: no such file");
    await expect(readUnitFolder(join(folder, "web.service"))).rejects.toThrow("it is not a folder");
  });
});

describe("units push", () => {
  let etcd: Etcd;
  beforeEach(() => {
    etcd = fakeEtcd(systemClock).connect();
  });

  const put = (path: string, value: string) => etcd.kv.txn({ if: [], do: [{ put: keys.spec.of(path), value }] });
  const spec = async () =>
    Object.fromEntries(
      (await etcd.kv.list(keys.spec.root)).kvs.map(({ key, value }) => [key.slice(keys.spec.root.length), value]),
    );
  const pushed = async (options: { prune?: boolean; dryRun?: boolean } = {}) => {
    const { changes, notes } = await push(etcd, keys, await readUnitFolder(folder), {
      prune: false,
      dryRun: false,
      ...options,
    });
    return { changes: changes.map(({ path }) => path), notes };
  };

  it("writes the folder into the spec, once, and keeps other keys", async () => {
    await put("units/files/old.service", SERVICE);
    await put("units/manager", `- ${CONTROLLER}\n`);
    await put("managers", "3");
    write("web.service", SERVICE);
    write("worker.list", "web.service\n");
    write("manager.list", CONTROLLER);
    const changes = ["units/files/web.service", "units/worker"];
    expect(await pushed({ dryRun: true })).toEqual({ changes, notes: [] });
    expect(Object.keys(await spec())).not.toContain("units/worker");
    expect(await pushed()).toEqual({ changes, notes: [] });
    expect(await pushed()).toEqual({ changes: [], notes: [] });
    expect(await spec()).toEqual({
      managers: "3",
      "units/files/old.service": SERVICE,
      "units/files/web.service": SERVICE,
      "units/manager": `- ${CONTROLLER}\n`,
      "units/worker": "web.service",
    });
  });

  it("prunes files, never lists, and notes effects that may be unintended", async () => {
    await put("units/files/old.service", SERVICE);
    await put("units/worker", "old.service");
    write("web.service", SERVICE);
    expect(await pushed({ prune: true })).toEqual({
      changes: ["units/files/old.service", "units/files/web.service"],
      notes: [
        "web.service is in no list: no node gets it until manager.list or worker.list names it",
        "old.service is still in a list: nodes must have their own unit of that name",
      ],
    });
    expect(await spec()).toEqual({ "units/files/web.service": SERVICE, "units/worker": "old.service" });
  });

  it("deletes the key of a list that has its default value", async () => {
    write("worker.list", "# none\n");
    expect((await pushed()).changes).toEqual([]);
    await put("units/worker", "web.service");
    expect((await pushed()).changes).toEqual(["units/worker"]);
    expect(await spec()).toEqual({});
  });
});

describe("units diff with a folder", () => {
  const entry = (path: string, value: string) => ({ path, value, modRevision: 1 });
  const shown = async (...entries: [path: string, value: string][]) => {
    const lines = folderDiff(
      folder,
      textsOf(await readUnitFolder(folder)),
      entries.map(pair => entry(...pair)),
      plain,
    );
    return `\n${lines.join("\n").replaceAll(folder, "DIR")}\n`;
  };

  it("prints the changes of a push as a unified diff", async () => {
    write("web.service", `[Unit]\nDescription=web\n\n${SERVICE}Restart=always\n`);
    write("new.service", SERVICE);
    write("worker.list", "web.service\nnew.service\n");
    expect(
      await shown(
        ["units/files/web.service", `[Unit]\nDescription=\u001b[2Jweb\n\n${SERVICE}Restart=always`],
        ["units/files/old.service", SERVICE],
        ["units/worker", "[web.service, old.service]"],
      ),
    ).toMatchInlineSnapshot(`
      "
      --- /dev/null
      +++ DIR/new.service
      @@ -0,0 +1,2 @@
      +[Service]
      +ExecStart=/bin/web
      --- spec/units/files/web.service
      +++ DIR/web.service
      @@ -1,6 +1,6 @@
       [Unit]
      -Description=\\x1b[2Jweb
      +Description=web
       
       [Service]
       ExecStart=/bin/web
      -Restart=always
      \\ No newline at end of file
      +Restart=always
      --- spec/units/worker
      +++ DIR/worker.list
      @@ -1,2 +1,2 @@
       web.service
      -old.service
      +new.service
      Only in the spec, and deleted by units push --prune: old.service
      "
    `);
  });

  it("reports that there is no difference", async () => {
    write("web.service", SERVICE);
    write("worker.list", "web.service");
    expect(await shown(["units/files/web.service", SERVICE], ["units/worker", "- web.service\n"])).toBe(
      "\nNo differences: the spec has the content of this folder.\n",
    );
  });
});
