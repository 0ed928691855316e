// The cloud-config of CoreOS and Flatcar (coreos-cloudinit): its own `coreos:` section, applied at every boot.
// Its keys have underscores only: those with hyphens, as CoreOS had them once, are silently dropped since Flatcar 3975.
import type { HostFile, HostUnit, NodeProfile } from "../model.ts";
import { yamlText } from "../yaml-text.ts";

export function renderCoreos(profile: NodeProfile): string {
  const { files, units, maskedUnits, sshAuthorizedKeys, rebootStrategy } = profile;
  const body = yamlText({
    ...(sshAuthorizedKeys.length > 0 && { ssh_authorized_keys: sshAuthorizedKeys.map(escapeVariables) }),
    write_files: files.map(renderFile),
    coreos: {
      update: { reboot_strategy: rebootStrategy },
      units: [...maskedUnits.map(name => ({ name, mask: true })), ...units.map(renderUnit)],
    },
  });
  return `#cloud-config\n# A swarmkeeper ${profile.role} on CoreOS or Flatcar.\n${body}`;
}

function renderFile({ path, content, mode, hostVariables }: HostFile) {
  return {
    path,
    owner: "root:root",
    permissions: mode.toString(8).padStart(4, "0"),
    content: hostVariables ? content : escapeVariables(content),
  };
}

// `command` waits for the job, so that a slow start would hold up all that follows it. The agent's unit is of a type
// that counts as started when its first process runs; the download before it is why it goes last.
function renderUnit({ name, content }: HostUnit) {
  return { name, enable: true, command: "start", content: escapeVariables(content) };
}

/** Four variables are filled in wherever they stand in the document, even inside longer words, unless escaped. */
function escapeVariables(text: string): string {
  return text.replaceAll(/\$(?=(private|public)_ipv[46])/g, "\\$");
}
