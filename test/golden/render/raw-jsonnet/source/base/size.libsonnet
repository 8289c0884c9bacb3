{ cpu: "%dm" % (0.25 * 1000), memory: "128Mi" }
