export const statusPage = [{ path: "/", type: "text/html; charset=utf-8", body: "<!doctype html><title>Holdfast</title>" }];
