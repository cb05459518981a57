using Picket.Detection.Matching;
using Picket.Detection.Rules;
using Picket.Events;
using Picket.Metastore;

namespace Picket.Server.Rules;

/// <summary>The rules of all tenants, compiled together: what several have alike is one rule. Immutable, thread-safe.</summary>
/// <param name="Set">Each distinct rule once.</param>
/// <param name="Tenants">Which of them are run for whom.</param>
/// <param name="Versions">The version of each tenant's rule; one that is not here is the built-in pack's, and its version 1.</param>
/// <param name="Active">How many rules are run, for all tenants together.</param>
internal sealed record LiveRules(RuleSet Set, TenantRules Tenants, IReadOnlyDictionary<(TenantId Tenant, string Id), int> Versions, int Active)
{
    /// <param name="stored">The rules of all tenants.</param>
    /// <param name="texts">What they say.</param>
    /// <param name="options">What the operator says.</param>
    public static LiveRules Load(IReadOnlyList<StoredRule> stored, RuleTexts texts, DetectionOptions options)
    {
        var (places, rules) = (new Dictionary<(string Text, string Filters), int>(), new List<Rule>());
        var pack = options.Pack ? BuiltInPack.Rules.Documents : [];
        var (byTenant, versions) = (new Dictionary<TenantId, IReadOnlyCollection<int>>(), new Dictionary<(TenantId, string), int>());
        foreach (var of in stored.GroupBy(rule => rule.Tenant))
        {
            var rows = of.ToDictionary(rule => rule.Id, StringComparer.Ordinal);
            // A text that this version of the program does not take any more is left out; its rule says so when it is asked for.
            var own = of.Where(rule => rule is { IsActive: true, Text: not null }).Select(rule => texts.Read(rule.Id, rule.Text!)).OfType<RuleDocument>();
            byTenant.Add(of.Key, Add([.. pack.Where(document => rows.GetValueOrDefault(document.Id) is null or { IsActive: true, Text: null }), .. own]));
            foreach (var rule in of)
            {
                versions.Add((rule.Tenant, rule.Id), rule.Version);
            }
        }
        var ofOthers = Add(pack);
        texts.Keep(stored);
        return new LiveRules(new RuleSet(rules, options.Security4688), new TenantRules(rules.Count, byTenant, ofOthers), versions, byTenant.Values.Sum(list => list.Count) + (byTenant.Count == 0 ? ofOthers.Count : 0));

        List<int> Add(IReadOnlyList<RuleDocument> documents)
        {
            var filters = string.Join('\n', documents.Where(document => document.Rule is null).Select(document => document.Text));
            var found = new List<int>();
            foreach (var (document, applied) in RuleFiles.Apply(documents))
            {
                var key = (document.Text, ReferenceEquals(document.Rule, applied) ? "" : filters);
                if (!places.TryGetValue(key, out var place))
                {
                    places.Add(key, place = rules.Count);
                    rules.Add(applied);
                }
                found.Add(place);
            }
            return found;
        }
    }
}
