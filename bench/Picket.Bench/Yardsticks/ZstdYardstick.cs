using System.Diagnostics;
using Picket.Bench.EndToEnd;
using Picket.Storage.Encodings;

namespace Picket.Bench.Yardsticks;

/// <summary>Zstandard at level 1 over the raw events in blocks of 128 KiB: what compressing alone costs, and brings.</summary>
internal static class ZstdYardstick
{
    public static void Run(string file)
    {
        const int block = 128 * 1024;
        var text = File.ReadAllBytes(file);
        var into = new byte[Zstd.Bound(block)];
        var (compressed, start) = (0L, Stopwatch.GetTimestamp());
        for (var at = 0; at < text.Length; at += block)
        {
            compressed += Zstd.Compress(text.AsSpan(at, Math.Min(block, text.Length - at)), into);
        }
        BenchServer.Print($"zstd level 1, raw events in 128 KiB: {text.Length / Stopwatch.GetElapsedTime(start).TotalSeconds / 1e6:N0} MB/s at {text.Length / (double)compressed:N2}");
    }
}
