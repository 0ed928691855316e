// Tests of the lab itself, on which all other tests on real hosts rely.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bootBareLab, bootFreshLab } from "../../lab/boot.ts";
import { findEngine, stopPrivateEngine } from "../../lab/engine/engine.ts";
import type { Host } from "../../lab/host/host.ts";
import { findLab, type Lab, waitForDocker } from "../../lab/lab.ts";

const NAME = "conf-lab";
const SETUP_MS = 600_000;
const bootId = "cat /proc/sys/kernel/random/boot_id";

let lab: Lab;
let h1: Host;
let h2: Host;

beforeAll(async () => {
  lab = await bootFreshLab(NAME, 2, "trixie");
  [h1, h2] = await Promise.all([lab.host("h1"), lab.host("h2")]);
}, SETUP_MS);

afterAll(async () => {
  const { engine, network } = lab;
  await lab.remove();
  expect(await findLab(engine, NAME)).toBeUndefined();
  const networks = await engine.docker.listNetworks();
  expect(networks.map(({ Name }) => Name)).not.toContain(network.name);
  if (await stopPrivateEngine(engine)) expect((await findEngine())?.private).not.toBe(true);
});

describe("a command in a lab host", () => {
  it("receives stdin, and returns stdout, stderr and its exit code", async () => {
    const script = "tr a-z A-Z; echo noise >&2; exit 7";
    expect(await h1.exec(script, { stdin: "hello\n" })).toEqual({ code: 7, stdout: "HELLO\n", stderr: "noise\n" });
  });

  it("passes a megabyte through unchanged", async () => {
    const stdin = Buffer.alloc(1 << 20, "0123456789abcdef\n");
    expect((await h1.exec(["cat"], { stdin })).stdout).toBe(stdin.toString());
  });

  it("rejects if it fails or does not end in time", async () => {
    await expect(h1.out("echo broken >&2; exit 3")).rejects.toThrow(
      "h1: echo broken >&2; exit 3 ended with code 3: broken",
    );
    await expect(h1.exec("sleep 60", { timeoutMs: 300 })).rejects.toThrow("no end after 0.3 s");
  });
});

describe("a lab host", () => {
  it("has its own identity, systemd without failures, and docker", async () => {
    const ids = await Promise.all([h1, h2].map(host => host.out("cat /etc/machine-id")));
    expect(new Set(ids).size).toBe(2);
    expect(await h1.out("hostname")).toBe("h1");
    expect(await h1.out("systemctl is-system-running --wait")).toBe("running");
    expect(await h1.out("docker load -qi /opt/lab/busybox.tar && docker run --rm busybox:lab echo hello")).toContain(
      "hello",
    );
  });

  it("is off after a power loss, and boots again with its files", async () => {
    const before = await h2.out(`${bootId}; echo kept >/root/file; sync`);
    await h2.kill();
    await h2.kill();
    expect(await h2.state()).toBe("off");
    await expect(h2.exec("true")).rejects.toThrow("cannot run a command on h2: it is exited");
    await h2.start();
    await waitForDocker([h2], () => {});
    expect(await h2.out("cat /root/file")).toBe("kept");
    expect(await h2.out(bootId)).not.toBe(before);
  });

  it("shuts down in an orderly way", async () => {
    await h2.stop();
    expect(await h2.state()).toBe("off");
    await h2.start();
    await waitForDocker([h2], () => {});
    expect(await h2.out("journalctl --boot=-1 --no-pager")).toContain("Stopped docker.service");
  });

  it("stalls in a pause and continues after resume", async () => {
    await h2.pause();
    expect(await h2.state()).toBe("paused");
    await expect(h2.exec("true")).rejects.toThrow("it is paused");
    await h2.resume();
    expect(await h2.out("echo back")).toBe("back");
  });

  it("leaves the network by cut and returns by heal with the same address", async () => {
    await h2.out("busybox httpd -p 7777 -h /etc");
    const reach = async () => (await h1.exec(`curl -sf -m 2 http://${h2.address}:7777/hostname`)).code;
    expect(await reach()).toBe(0);
    await h2.cut();
    expect(await h2.state()).toBe("cut");
    expect(await reach()).not.toBe(0);
    await h2.heal();
    expect(await h2.out("ip -4 -o address show scope global")).toContain(`${h2.address}/24`);
    expect(await reach()).toBe(0);
  });
});

describe("a lab", () => {
  it("keeps its hosts when it is booted again, and recovers them", async () => {
    await h1.kill();
    await h2.cut();
    const again = await bootBareLab(NAME, 2, "trixie");
    const records = await again.records();
    expect(records.map(({ name, state }) => `${name} ${state}`)).toEqual(["h1 running", "h2 running"]);
    expect(records.map(record => record.container)).toEqual([h1.container.id, h2.container.id]);
  });

  it("does not touch containers without its labels", async () => {
    const { docker } = lab.engine;
    const [record] = await lab.records();
    const Image = (await docker.getContainer(record?.container ?? "").inspect()).Image;
    const unlabelled = await docker.createContainer({ name: `swarmkeeper-${NAME}-h3`, Image });
    try {
      await expect(lab.host("h3")).rejects.toThrow(`the lab ${NAME} has no host h3; it has h1 h2`);
      await expect(lab.add(["bare"], Image, "trixie")).rejects.toThrow("it does not belong to the lab");
    } finally {
      await unlabelled.remove({ force: true, v: true });
    }
  });
});
