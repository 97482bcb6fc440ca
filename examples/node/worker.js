let job = 0;
setInterval(() => process.stdout.write(`job ${(job += 1)}\n`), 1_000);
