// Where things are on a host, for those who must know before they can load anything else.

/** The file that user-data puts there; its form is AgentConfig. */
export const AGENT_CONFIG_PATH = "/etc/swarmkeeper/agent.yml";
