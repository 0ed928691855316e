// Renders the cloud-config of cloud-init (Debian, Ubuntu, most clouds). It has no section for units, so they are files
// and commands. cloud-init applies it once per instance; systemd starts the units at every boot.
import type { NodeFile, NodeProfile, NodeUnit } from "../model.ts";
import { yamlText } from "../yaml-text.ts";

export function renderCloudInit(profile: NodeProfile): string {
  const { files, units, maskedUnits, sshAuthorizedKeys } = profile;
  const body = yamlText({
    ...(sshAuthorizedKeys.length > 0 && { ssh_authorized_keys: sshAuthorizedKeys }),
    write_files: [...files.map(renderFile), ...units.map(renderUnitFile)],
    runcmd: [
      ...maskedUnits.map(name => ["systemctl", "mask", "--now", name]),
      // These commands run within the transaction of the boot. Waiting here for a unit of it would be a deadlock.
      ...units.map(({ name }) => ["systemctl", "enable", "--now", "--no-block", name]),
    ],
  });
  return `#cloud-config\n# A swarmkeeper ${profile.role}, by cloud-init.\n${body}`;
}

function renderFile({ path, content, mode }: NodeFile) {
  return { path, owner: "root:root", permissions: mode.toString(8).padStart(4, "0"), content };
}

function renderUnitFile({ name, content }: NodeUnit) {
  return { path: `/etc/systemd/system/${name}`, owner: "root:root", permissions: "0644", content };
}
