/** Where things are shown. */
export interface Links {
  incident: (id: string) => string;
  dag: (dagId: string) => string;
  task: (dagId: string, taskId: string) => string;
}

/** Addresses of pages; `base` stands before them. */
export const linksTo = (base: string): Links => {
  const root = base.replace(/\/+$/, '');
  return {
    incident: (id) => `${root}/incidents/${encodeURIComponent(id)}`,
    dag: (dagId) => `${root}/dags/${encodeURIComponent(dagId)}`,
    task: (dagId, taskId) => `${root}/dags/${encodeURIComponent(dagId)}/tasks/${encodeURIComponent(taskId)}`,
  };
};
