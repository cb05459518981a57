using FsCheck;
using FsCheck.Fluent;

namespace Picket.Testing;

/// <summary>Properties over everything that a seed can make. FsCheck draws the seeds and prints the one that failed.</summary>
public static class Property
{
    /// <param name="times">How many seeds to try.</param>
    /// <param name="check">Throws when the property does not hold.</param>
    public static void Holds(int times, Action<Random> check) => Check(times, Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed => check(new Random(seed))));

    /// <summary>The same of what is asynchronous; seeds are tried one after the other.</summary>
    public static void HoldsAsync(int times, Func<Random, Task> check) => Check(times, Prop.ForAll(ArbMap.Default.ArbFor<int>(), (Func<int, Task>)(seed => check(new Random(seed)))));

    private static void Check(int times, FsCheck.Property property) =>
        property.Check(Config.QuickThrowOnFailure.WithMaxTest(times).WithStartSize(1_000_000).WithEndSize(1_000_000_000));
}
