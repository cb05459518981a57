using Picket.Events;

namespace Picket.Detection.Matching;

/// <summary>Which rules of a <see cref="RuleSet"/> are run for which tenants. Immutable, thread-safe.</summary>
public sealed class TenantRules
{
    private readonly Dictionary<uint, ulong[]> byTenant;
    private readonly ulong[] ofOthers;

    /// <param name="rules">How many rules there are.</param>
    /// <param name="byTenant">The places of each tenant's rules.</param>
    /// <param name="ofOthers">The places of the rules of a tenant that is not among them.</param>
    public TenantRules(int rules, IReadOnlyDictionary<TenantId, IReadOnlyCollection<int>> byTenant, IReadOnlyCollection<int> ofOthers)
    {
        this.byTenant = byTenant.ToDictionary(pair => pair.Key.Number, pair => Bits(rules, pair.Value));
        this.ofOthers = Bits(rules, ofOthers);
    }

    /// <summary>Whether the rule at a place is run for a tenant.</summary>
    public bool Contains(TenantId tenant, int place) => (Of(tenant.Number)[place >> 6] & (1ul << place)) != 0;

    internal ulong[] Of(uint tenant) => byTenant.GetValueOrDefault(tenant) ?? ofOthers;

    private static ulong[] Bits(int rules, IReadOnlyCollection<int> places)
    {
        var bits = new ulong[(rules + 63) / 64];
        foreach (var place in places)
        {
            bits[place >> 6] |= 1ul << place;
        }
        return bits;
    }
}
