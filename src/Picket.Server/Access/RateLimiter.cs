using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.AspNetCore.Http;
using Picket.Server.Http;

namespace Picket.Server.Access;

/// <summary>Requests a key may make in a sliding minute, counted in seconds. Thread-safe.</summary>
public sealed class RateLimiter(TimeProvider time)
{
    private const int Seconds = 60;
    private readonly ConcurrentDictionary<string, Window> windows = [];

    private sealed class Window
    {
        public int[] Counts { get; } = new int[Seconds];
        public long LastSecond { get; set; }
        public int Sum { get; set; }
    }

    /// <exception cref="RequestException">429: the key has made its requests.</exception>
    public void Count(HttpContext context, Caller caller)
    {
        if (caller.RateLimit <= 0)
        {
            return;
        }
        var now = time.GetUtcNow().ToUnixTimeSeconds();
        var window = windows.GetOrAdd(caller.KeyId, _ => new Window { LastSecond = now });
        int remaining, reset;
        lock (window)
        {
            for (; window.LastSecond < now; window.LastSecond++)
            {
                if (now - window.LastSecond > Seconds)
                {
                    Array.Clear(window.Counts);
                    window.Sum = 0;
                    window.LastSecond = now;
                    break;
                }
                ref var oldest = ref window.Counts[(window.LastSecond + 1) % Seconds];
                window.Sum -= oldest;
                oldest = 0;
            }
            remaining = caller.RateLimit - window.Sum - 1;
            if (remaining >= 0)
            {
                window.Counts[now % Seconds]++;
                window.Sum++;
            }
            reset = Seconds - OldestAge(window, now);
        }
        var headers = context.Response.Headers;
        headers["X-RateLimit-Limit"] = caller.RateLimit.ToString(CultureInfo.InvariantCulture);
        headers["X-RateLimit-Remaining"] = Math.Max(remaining, 0).ToString(CultureInfo.InvariantCulture);
        headers["X-RateLimit-Reset"] = reset.ToString(CultureInfo.InvariantCulture);
        if (remaining < 0)
        {
            throw new RequestException(429, ErrorWord.RateLimited, $"This key may make {caller.RateLimit} requests a minute; try again in {reset} s") { RetryAfter = reset };
        }
    }

    private static int OldestAge(Window window, long now)
    {
        for (var age = Seconds - 1; age > 0; age--)
        {
            if (window.Counts[(now - age + Seconds) % Seconds] > 0)
            {
                return age;
            }
        }
        return 0;
    }
}
