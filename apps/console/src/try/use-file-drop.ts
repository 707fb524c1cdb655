import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

const holdsFile = ({ dataTransfer }: DragEvent): boolean => dataTransfer?.types.includes("Files") ?? false;

/**
 * Takes a file wherever it is dropped, for as long as the component is shown.
 *
 * @returns whether one is just being held over the page
 */
export const useFileDrop = (take: (file: File) => void): boolean => {
  const isOver = useSignal(false);
  useEffect(() => {
    const over = (event: DragEvent) => {
      isOver.value = holdsFile(event);
    };
    const leave = ({ relatedTarget }: DragEvent) => {
      if (relatedTarget === null) isOver.value = false;
    };
    const drop = ({ dataTransfer }: DragEvent) => {
      isOver.value = false;
      const file = dataTransfer?.files[0];
      if (file) take(file);
    };
    document.addEventListener("dragover", over);
    document.addEventListener("dragleave", leave);
    document.addEventListener("drop", drop);
    return () => {
      document.removeEventListener("dragover", over);
      document.removeEventListener("dragleave", leave);
      document.removeEventListener("drop", drop);
    };
  }, []);
  return isOver.value;
};
