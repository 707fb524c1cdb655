/** Scrolls to where something begins, unless a good part of it is seen. */
export const bringIntoView = (element: HTMLElement | null): void => {
  const top = element?.getBoundingClientRect().top ?? 0;
  if (top < 0 || top > innerHeight * 0.7) element?.scrollIntoView({ block: "start" });
};
