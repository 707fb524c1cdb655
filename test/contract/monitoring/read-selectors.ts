import { parser } from "@prometheus-io/lezer-promql";

type SyntaxNode = ReturnType<typeof parser.parse>["topNode"];

export interface LabelMatcher {
  label: string;
  operator: string;
  value: string;
}

/** What a query selects of one metric, and the labels by which that is gathered or matched with something else. */
export interface Selector {
  metric: string;
  matchers: LabelMatcher[];
  groupedBy: string[];
}

const childrenOf = (node: SyntaxNode): SyntaxNode[] => {
  const children: SyntaxNode[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling) children.push(child);
  return children;
};

/**
 * The selectors of a PromQL query.
 *
 * @throws when it cannot be parsed
 */
export const readSelectors = (query: string): Selector[] => {
  const textOf = (node: SyntaxNode) => query.slice(node.from, node.to);

  const readMatcher = (node: SyntaxNode): LabelMatcher => {
    const [label, operator, value] = childrenOf(node).map(textOf) as [string, string, string];
    return { label, operator, value: value.slice(1, -1) };
  };

  const readSelector = (node: SyntaxNode, groupedBy: string[]): Selector => ({
    metric: textOf(node.getChild("Identifier")!),
    matchers: (node.getChild("LabelMatchers")?.getChildren("UnquotedLabelMatcher") ?? []).map(readMatcher),
    groupedBy,
  });

  const read = (node: SyntaxNode, groupedBy: string[]): Selector[] => {
    if (node.type.isError) throw new Error(`cannot be parsed at character ${node.from}: ${query}`);
    if (node.name === "VectorSelector") return [readSelector(node, groupedBy)];
    const modifiers = ["AggregateModifier", "MatchingModifierClause"].flatMap((name) =>
      node.getChildren(name),
    );
    const labels = modifiers
      .flatMap((modifier) => modifier.getChildren("GroupingLabels"))
      .flatMap((list) => list.getChildren("LabelName"))
      .map(textOf);
    return childrenOf(node).flatMap((child) => read(child, [...groupedBy, ...labels]));
  };

  return read(parser.parse(query).topNode, []);
};
