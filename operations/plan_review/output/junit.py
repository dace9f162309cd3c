"""The review as JUnit's XML, for what shows test reports: a case for each finding, and for each rule without one."""

from xml.etree import ElementTree

from operations.plan_review.output.escaping import visible
from operations.plan_review.review import Review
from operations.plan_review.rules import RULES


def junit(review: Review) -> str:
    """One suite; blocking findings fail, waived ones are skipped with the reason."""
    suite = ElementTree.Element("testsuite", name=visible(review.title))
    for reviewed in review.findings:
        finding = reviewed.finding
        case = ElementTree.SubElement(suite, "testcase", classname=finding.rule, name=visible(finding.address))
        if reviewed.waiver is None:
            ElementTree.SubElement(case, "failure", message=visible(finding.detail))
        else:
            ElementTree.SubElement(case, "skipped", message=visible(f"{finding.detail}: {reviewed.waiver}"))
    for rule in sorted(RULES.keys() - {each.finding.rule for each in review.findings}):
        ElementTree.SubElement(suite, "testcase", classname=rule, name="no finding")
    suite.set("tests", str(len(suite)))
    suite.set("failures", str(len(review.blocking)))
    suite.set("skipped", str(len(review.findings) - len(review.blocking)))
    ElementTree.indent(suite)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=False) + "\n"
