using System.Runtime.InteropServices;
using System.Security.Cryptography;
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
    /// <summary>For the place of a correlation the places of the rules that it is of. One whose rules are not all run is not among them.</summary>
    public IReadOnlyDictionary<int, IReadOnlyList<int>> Inputs { get; private init; } = new Dictionary<int, IReadOnlyList<int>>();

    /// <summary>Behind which event each tenant's rule holds as it is; one that is not here always did.</summary>
    public IReadOnlyDictionary<(TenantId Tenant, string Id), ulong> HoldsAfter { get; private init; } = new Dictionary<(TenantId, string), ulong>();

    /// <summary>Those that are looked at now and then, not as events come.</summary>
    public IReadOnlyList<(Rule Rule, int Place)> Scheduled { get; } = [.. Set.Rules.Select((rule, place) => (rule, place)).Where(one => one.rule.Schedule is not null)];

    /// <summary>Why correlations are not run: a rule that one is of is not run.</summary>
    public IReadOnlyDictionary<(TenantId Tenant, string Id), string> Broken { get; private init; } = new Dictionary<(TenantId, string), string>();

    /// <summary>A SHA-256 of all that is run, of each rule whose it is and since when it is so: windows of other rules than these have something else in memory.</summary>
    public byte[] Digest { get; private init; } = [];

    /// <param name="stored">The rules of all tenants.</param>
    /// <param name="texts">What they say.</param>
    /// <param name="refinements">What tenants say of them besides.</param>
    /// <param name="options">What the operator says.</param>
    public static LiveRules Load(IReadOnlyList<StoredRule> stored, RuleTexts texts, Refinements refinements, DetectionOptions options)
    {
        var (places, rules, inputs) = (new Dictionary<(string Text, string With), int>(), new List<Rule>(), new Dictionary<int, IReadOnlyList<int>>());
        var broken = new Dictionary<(TenantId, string), string>();
        var pack = options.Pack ? BuiltInPack.Rules.Documents : [];
        var (byTenant, versions) = (new Dictionary<TenantId, IReadOnlyCollection<int>>(), new Dictionary<(TenantId, string), int>());
        var byOwner = stored.ToLookup(rule => rule.Tenant);
        foreach (var tenant in byOwner.Select(of => of.Key).Union(refinements.Tenants))
        {
            var of = byOwner[tenant];
            var rows = of.ToDictionary(rule => rule.Id, StringComparer.Ordinal);
            // A text that this version of the program does not take any more is left out; its rule says so when it is asked for.
            var own = of.Where(rule => rule is { IsActive: true, Text: not null }).Select(rule => texts.Read(rule.Id, rule.Text!)).OfType<RuleDocument>();
            byTenant.Add(tenant, Add(tenant, [.. pack.Where(document => rows.GetValueOrDefault(document.Id) is null or { IsActive: true, Text: null }), .. own]));
            foreach (var rule in of)
            {
                versions.Add((rule.Tenant, rule.Id), rule.Version);
            }
        }
        var ofOthers = Add(default, pack);
        texts.Keep(stored);
        return new LiveRules(new RuleSet(rules, options.Security4688), new TenantRules(rules.Count, byTenant, ofOthers), versions, byTenant.Values.Sum(list => list.Count) + (byTenant.Count == 0 ? ofOthers.Count : 0))
        {
            Inputs = inputs,
            Broken = broken,
            Digest = DigestOf(options, places.OrderBy(pair => pair.Value).Select(pair => pair.Key), byTenant, stored),
            HoldsAfter = stored.Where(rule => rule.HoldsAfter is not null).ToDictionary(rule => (rule.Tenant, rule.Id), rule => rule.HoldsAfter!.Value.Seq),
        };

        List<int> Add(TenantId tenant, IReadOnlyList<RuleDocument> documents)
        {
            var found = new List<int>();
            var applied = refinements.Apply(tenant, documents, texts, (id, reason) => broken[(tenant, id)] = reason);
            var references = new RuleReferences(applied.Select((pair, i) => (pair.Rule, i)));
            var placeOf = new int[applied.Count];
            // A correlation is of the rules that its tenant has, so that it comes after them.
            foreach (var (i, document, rule, with) in applied.Select((one, i) => (i, one.Document, one.Rule, one.With)).OrderBy(one => references.DepthOf(one.Rule)))
            {
                var of = (IReadOnlyList<int>?)null;
                if (rule.Correlation is not null)
                {
                    of = references.Resolve(rule, out var reason, out _)?.Select(input => placeOf[input]).ToArray();
                    if (of is null)
                    {
                        broken[(tenant, rule.Id)] = reason!;
                        continue;
                    }
                }
                var key = (document.Text, of is not null ? $"{string.Join(' ', of)} {with}" : with);
                if (!places.TryGetValue(key, out var place))
                {
                    places.Add(key, place = rules.Count);
                    rules.Add(rule);
                    if (of is not null)
                    {
                        inputs.Add(place, of);
                    }
                }
                placeOf[i] = place;
                found.Add(place);
            }
            return found;
        }
    }

    // Each text by its length, so that no two of them are others'.
    private static byte[] DigestOf(DetectionOptions options, IEnumerable<(string Text, string With)> rules, Dictionary<TenantId, IReadOnlyCollection<int>> byTenant, IReadOnlyList<StoredRule> stored)
    {
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var text in ((string[])[options.Pack ? "pack" : "", options.Security4688 ? "4688" : ""])
            .Concat(options.Pipelines.Select(pipeline => pipeline.Text))
            .Concat(rules.SelectMany(rule => (string[])[rule.Text, rule.With]))
            .Concat(byTenant.Select(of => $"{of.Key.Number}: {string.Join(' ', of.Value)}"))
            .Concat(stored.Select(rule => $"{rule.Tenant.Number} {rule.Id} {rule.Version} {rule.HoldsAfter}")))
        {
            digest.AppendData(BitConverter.GetBytes(text.Length));
            digest.AppendData(MemoryMarshal.AsBytes(text.AsSpan()));
        }
        return digest.GetHashAndReset();
    }
}
