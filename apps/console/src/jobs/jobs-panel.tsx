import { JobDetail } from "./job-detail.tsx";
import { JobsList } from "./jobs-list.tsx";

export const JobsPanel = ({ jobId }: { jobId: string | null }) => (
  <div class="jobs">
    <JobsList shownId={jobId} />
    {jobId === null ? (
      <p class="empty">Choose a job to see what became of it.</p>
    ) : (
      <JobDetail key={jobId} id={jobId} />
    )}
  </div>
);
