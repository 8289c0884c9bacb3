/** Where one can go. What is gone to `seldom` stands behind a button where there is no room. */
export const PLACES = [
  { path: "/applications", word: "Applications", key: "a", goneTo: "often" },
  { path: "/applicationsets", word: "Sets", key: "s", goneTo: "often" },
  { path: "/projects", word: "Projects", key: "p", goneTo: "seldom" },
  { path: "/clusters", word: "Clusters", key: "c", goneTo: "often" },
  { path: "/repositories", word: "Repositories", key: "r", goneTo: "seldom" },
  { path: "/activity", word: "Activity", key: "y", goneTo: "often" },
  { path: "/settings", word: "Settings", key: ",", goneTo: "seldom" },
] as const;
