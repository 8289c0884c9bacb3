/** Where one can go. */
export const PLACES = [
  { path: "/applications", word: "Applications", key: "a" },
  { path: "/applicationsets", word: "Sets", key: "s" },
  { path: "/projects", word: "Projects", key: "p" },
  { path: "/clusters", word: "Clusters", key: "c" },
  { path: "/repositories", word: "Repositories", key: "r" },
  { path: "/activity", word: "Activity", key: "y" },
  { path: "/settings", word: "Settings", key: "," },
] as const;
