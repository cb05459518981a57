using Picket.Events;
using Picket.Events.Batches;

namespace Picket.Query.Operators;

/// <summary>The value is an IP address in this network. An IPv4 address is also found as its mapping into IPv6.</summary>
public sealed record InNetwork(Network Network) : Operator
{
    public override bool MatchesScalar(Value value) => Address.TryParse(value.Text, out var address, out _) && Network.Contains(address);

    public override string Print(BareText bare) => Network.ToString();
}
