/** Whether ops record the graph: the only global state of autograd. */
export const gradMode = { enabled: true, inference: false };
