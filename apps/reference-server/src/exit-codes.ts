/** How a command ends that was ended from outside, as shells count it. */
export const endedBy = { SIGINT: 130, SIGTERM: 143, SIGPIPE: 141 } as const;
