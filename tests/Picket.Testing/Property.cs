using FsCheck;
using FsCheck.Fluent;

namespace Picket.Testing;

/// <summary>Properties over everything that a seed can make. FsCheck draws the seeds and prints the one that failed.</summary>
public static class Property
{
    /// <param name="times">How many seeds to try.</param>
    /// <param name="check">Throws when the property does not hold.</param>
    public static void Holds(int times, Action<Random> check)
    {
        Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed => check(new Random(seed)))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(times).WithStartSize(1_000_000).WithEndSize(1_000_000_000));
    }
}
