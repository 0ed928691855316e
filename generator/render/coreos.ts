// Renders the cloud-config of CoreOS and Flatcar (coreos-cloudinit) with its `coreos:` section. It is applied at every
// boot. Keys have underscores: since Flatcar 3975, the former keys with hyphens are silently ignored.
import type { NodeFile, NodeProfile, NodeUnit } from "../model.ts";
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

function renderFile({ path, content, mode, nodeVariables }: NodeFile) {
  return {
    path,
    owner: "root:root",
    permissions: mode.toString(8).padStart(4, "0"),
    content: nodeVariables ? content : escapeVariables(content),
  };
}

// `command` waits for the start job, so a slow start would delay everything after it. The agent's unit has a type that
// counts as started when its first process runs, which begins with the download. The agent's unit is last.
function renderUnit({ name, content }: NodeUnit) {
  return { name, enable: true, command: "start", content: escapeVariables(content) };
}

/** Escapes the four variables, which are replaced anywhere in the document, even inside longer words. */
function escapeVariables(text: string): string {
  return text.replaceAll(/\$(?=(private|public)_ipv[46])/g, "\\$");
}
